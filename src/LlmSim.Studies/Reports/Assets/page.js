(() => {
  'use strict';
  document.documentElement.classList.add('js');
  const svgNamespace = 'http://www.w3.org/2000/svg';
  const make = (parent, name, attributes) => {
    const element = document.createElementNS(svgNamespace, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    return parent.appendChild(element);
  };

  // Values of a chart under the pointer, and by arrow keys while the chart has the focus.
  for (const figure of document.querySelectorAll('figure.chart-figure')) {
    const svg = figure.querySelector('svg');
    const spots = JSON.parse(figure.querySelector('script').textContent);
    if (!spots.length) continue;
    const box = svg.viewBox.baseVal;
    const tip = figure.appendChild(document.createElement('div'));
    tip.className = 'tip';
    tip.setAttribute('role', 'status');
    tip.hidden = true;
    const ring = make(svg, 'circle', { r: 8, class: 'here', visibility: 'hidden' });
    let current = -1;
    const hide = () => { tip.hidden = true; ring.setAttribute('visibility', 'hidden'); };
    const show = index => {
      current = index;
      const [x, y, text] = spots[index];
      ring.setAttribute('cx', x);
      ring.setAttribute('cy', y);
      ring.setAttribute('visibility', 'visible');
      tip.textContent = text;
      tip.hidden = false;
      const scale = svg.getBoundingClientRect().width / box.width;
      const half = tip.offsetWidth / 2;
      const left = svg.getBoundingClientRect().left - figure.getBoundingClientRect().left + x * scale;
      tip.style.left = Math.max(half, Math.min(figure.clientWidth - half, left)) + 'px';
      tip.style.top = Math.max(tip.offsetHeight * 1.4, y * scale) + 'px';
    };
    svg.addEventListener('pointermove', event => {
      const rectangle = svg.getBoundingClientRect();
      const scale = box.width / rectangle.width;
      const [px, py] = [(event.clientX - rectangle.left) * scale, (event.clientY - rectangle.top) * scale];
      let best = -1, nearest = 45 * 45;
      for (let i = 0; i < spots.length; i++) {
        const distance = (spots[i][0] - px) ** 2 + (spots[i][1] - py) ** 2;
        if (distance < nearest) [best, nearest] = [i, distance];
      }
      if (best >= 0) show(best); else hide();
    });
    svg.addEventListener('pointerleave', hide);
    figure.addEventListener('blur', hide);
    figure.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
      if (event.target !== figure) return;
      if (event.key === 'Escape') hide();
      else if (event.key === 'Home') show(0);
      else if (event.key === 'End') show(spots.length - 1);
      else if (step) show(Math.max(0, Math.min(spots.length - 1, current < 0 ? 0 : current + step)));
      else return;
      event.preventDefault();
    });
  }

  // Tables sort by a column; numbers by their unrounded value.
  for (const table of document.querySelectorAll('table.sortable')) {
    table.querySelectorAll('th').forEach((head, column) => {
      head.querySelector('button').addEventListener('click', () => {
        const down = head.getAttribute('aria-sort') !== 'descending';
        table.querySelectorAll('th').forEach(other => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const sign = down ? -1 : 1;
        const key = row => {
          const cell = row.cells[column];
          return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
        };
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row, index) => ({ row, index, key: key(row) }));
        const missing = value => typeof value === 'number' && Number.isNaN(value);
        rows.sort((a, b) => {
          if (missing(a.key) || missing(b.key)) return missing(a.key) - missing(b.key) || a.index - b.index;
          if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key) || a.index - b.index;
          return sign * String(a.key).localeCompare(String(b.key), 'en', { numeric: true }) || a.index - b.index;
        });
        for (const { row } of rows) body.appendChild(row);
      });
    });
  }

  for (const button of document.querySelectorAll('.code button')) {
    button.addEventListener('click', async () => {
      const pre = button.parentElement.querySelector('pre');
      try {
        await navigator.clipboard.writeText(pre.textContent);
        button.textContent = 'Copied';
      } catch {
        // A page opened from a file may not write the clipboard: the text is selected instead.
        getSelection().selectAllChildren(pre);
        button.textContent = 'Selected';
      }
    });
  }

  // A moment named in a table is shown in the charts over time.
  for (const link of document.querySelectorAll('a[data-at]')) {
    link.addEventListener('click', () => {
      document.querySelectorAll('line.mark').forEach(line => line.remove());
      for (const figure of document.querySelectorAll('figure[data-plots]')) {
        for (const [left, top, right, bottom, from, to] of JSON.parse(figure.dataset.plots)) {
          const x = left + (Number(link.dataset.at) - from) / (to - from) * (right - left);
          if (x >= left && x <= right) make(figure.querySelector('svg'), 'line', { x1: x, x2: x, y1: top, y2: bottom, class: 'mark' });
        }
      }
    });
  }

  // Operators of a model: one is shown at a time, and its place on the roofline is ringed.
  const links = [...document.querySelectorAll('.layers a[href^="#op-"]')];
  if (links.length) {
    const articles = new Map([...document.querySelectorAll('article.op')].map(article => [article.id, article]));
    const roofline = document.querySelector('figure.roofline svg');
    const ring = roofline && make(roofline, 'circle', { r: 16, class: 'here', visibility: 'hidden' });
    const narrow = matchMedia('(max-width: 56rem)');
    let chosen = 0, asked = false;
    const choose = index => {
      chosen = (index + links.length) % links.length;
      const link = links[chosen];
      links.forEach(other => other.removeAttribute('aria-current'));
      link.setAttribute('aria-current', 'true');
      link.closest('details').open = true;
      const id = link.getAttribute('href').slice(1);
      for (const article of articles.values()) article.hidden = article.id !== id;
      if (narrow.matches && asked) articles.get(id).scrollIntoView({ block: 'nearest' });
      asked = true;
      if (!ring) return;
      ring.setAttribute('visibility', link.dataset.x ? 'visible' : 'hidden');
      if (link.dataset.x) {
        ring.setAttribute('cx', link.dataset.x);
        ring.setAttribute('cy', link.dataset.y);
      }
    };
    links.forEach((link, index) => {
      link.addEventListener('click', event => {
        event.preventDefault();
        history.replaceState(null, '', link.getAttribute('href'));
        choose(index);
      });
      link.addEventListener('keydown', event => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        choose(index + step);
        links[chosen].focus();
      });
    });
    document.querySelector('.steps .previous').addEventListener('click', () => choose(chosen - 1));
    document.querySelector('.steps .next').addEventListener('click', () => choose(chosen + 1));
    for (const jump of document.querySelectorAll('a.show-op')) {
      jump.addEventListener('click', () => choose(links.findIndex(link => link.getAttribute('href') === jump.dataset.op)));
    }
    // The link that was asked for, else the operator that takes most of the time.
    const wanted = links.findIndex(link => link.getAttribute('href') === location.hash);
    choose(wanted >= 0 ? wanted : Math.max(0, links.findIndex(link => link.dataset.most)));
  }
})();
