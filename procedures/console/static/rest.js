// The REST routes, in the viewer that a package brings along.

import { load } from './api.js';
import { h } from './dom.js';
import { header } from './header.js';

const VIEWER = '/console/viewer/swagger-ui';

const about = await load('description');
await header(about);
const main = document.getElementById('main');
if (about.hasViewer) await show();
else main.append(missing());

async function show() {
  const place = h('div', { class: 'viewer' });
  // The viewer brings a `main` of its own.
  main.replaceWith(h('div', { id: 'main', tabindex: '-1' }, h('h1', { class: 'unseen' }, 'REST routes'), place));
  const [document_] = await Promise.all([load('openapi'), style(), script()]);
  const routes = Object.entries(document_.paths).filter(([path]) => !path.startsWith('/rpc/'));
  const spec = { ...document_, paths: Object.fromEntries(routes) };
  window.SwaggerUIBundle({
    spec, domNode: place, deepLinking: true, docExpansion: 'none', defaultModelsExpandDepth: -1,
    filter: true, validatorUrl: null,
  });
}

function style() {
  return added(h('link', { rel: 'stylesheet', href: `${VIEWER}.css` }));
}

function script() {
  return added(h('script', { src: `${VIEWER}-bundle.js` }));
}

function added(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener('load', resolve);
    element.addEventListener('error', reject);
    document.head.append(element);
  });
}

function missing() {
  return h('article', { class: 'welcome' },
    h('h1', {}, 'The viewer of the REST routes is not installed'),
    h('p', {}, 'It comes with one package more: ', h('code', {}, "pip install 'rollcall[console]'"), '.'),
    h('p', {}, 'What it would show: ', h('a', { href: '/console/openapi.json' }, 'the OpenAPI document'),
      ', also printed by ', h('code', {}, 'rollcall openapi'), '.'));
}
