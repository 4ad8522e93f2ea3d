// The bar at the top of every page: where one is, and who is signed in.

import { ask, load } from './api.js';
import { h } from './dom.js';

const PAGES = [['/', 'Procedures'], ['/operator', 'Operator'], ['/rest', 'REST']];

export const me = { now: null };
const listeners = [];

// Be told of every change of who is signed in.
export function onWho(listener) {
  listeners.push(listener);
}

export async function header({ version, environment }) {
  const people = (await load('people')) ?? [];
  const menu = h('details', { class: 'menu' });
  const links = PAGES.map(([path, title]) =>
    h('a', { href: path, 'aria-current': path === location.pathname ? 'page' : null }, title));
  document.getElementById('top').replaceChildren(
    h('a', { href: '/', class: 'brand' }, h('img', { src: '/console/icon.svg', alt: '' }), 'Rollcall'),
    h('nav', { 'aria-label': 'Pages' }, ...links),
    h('span', { class: 'about' }, `${environment} · ${version}`),
    menu,
  );
  closedFromOutside(menu);
  onWho(() => menu.replaceChildren(...account(people)));
  await refresh();
}

function closedFromOutside(menu) {
  const close = (event) => { if (!menu.contains(event.target)) menu.open = false; };
  document.addEventListener('click', close);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
}

// `who`: what a sign-in answered; without, the server is asked.
export async function refresh(who) {
  me.now = who ?? await ask('query', 'auth.me').catch(() => null);
  document.querySelector('.menu').open = false;
  listeners.forEach((listener) => listener(me.now));
}

function account(people) {
  return me.now ? signedIn(me.now, people) : signedOut(people);
}

function signedIn(who, people) {
  const org = who.orgs.find((each) => each.orgId === who.orgId);
  const orgs = who.orgs.filter((each) => each.verified);
  const failure = refusal();
  return [
    h('summary', {}, h('strong', {}, who.nameDisplay), org ? ` · ${org.name}` : ' · nowhere'),
    h('div', { class: 'sheet' },
      h('p', {}, who.email, h('br'), h('code', {}, who.userId)),
      orgs.length > 1 && orgChoice(who, orgs),
      h('button', { type: 'button', onclick: () => signOut() }, 'Sign out'),
      ...others(people.filter((person) => person.email !== who.email), failure), failure),
  ];
}

function orgChoice(who, orgs) {
  const options = orgs.map((org) =>
    h('option', { value: org.orgId, selected: org.orgId === who.orgId }, `${org.name} (${org.role})`));
  return h('label', {}, 'Organization', h('select', { async onchange(event) {
    await refresh(await ask('mutation', 'auth.useOrg', { orgId: event.target.value }).catch(() => null));
  } }, ...options));
}

async function signOut() {
  await ask('mutation', 'auth.logout').catch(() => null); // who is asked next says what holds
  await refresh();
}

function signedOut(people) {
  const email = h('input', { type: 'email', name: 'email', required: true, autocomplete: 'username' });
  const password = h('input', {
    type: 'password', name: 'password', required: true, autocomplete: 'current-password',
  });
  const failure = refusal();
  const form = h('form', { async onsubmit(event) {
    event.preventDefault();
    failure.textContent = await signIn({ email: email.value, password: password.value });
  } },
    h('label', {}, 'E-mail', email),
    h('label', {}, 'Password', password),
    h('button', { class: 'main' }, 'Sign in'),
    failure);
  return [h('summary', {}, 'Sign in'), h('div', { class: 'sheet' }, ...others(people, failure), form)];
}

const refusal = () => h('p', { class: 'failure', role: 'alert' });

// Why not, or nothing.
async function signIn(credentials) {
  try {
    await refresh(await ask('mutation', 'auth.login', credentials));
    return '';
  } catch (error) {
    return error.message;
  }
}

function others(people, failure) {
  if (!people.length) return [];
  const play = async (credentials) => { failure.textContent = await signIn(credentials); };
  const buttons = people.map(({ email, password, name, roles }) => h('li', {},
    h('button', { type: 'button', class: 'person', onclick: () => play({ email, password }) },
      h('strong', {}, name), h('small', {}, roles.join(', ').replaceAll('org_', '')))));
  return [h('p', { class: 'title' }, 'Sign in as somebody of the demo'), h('ul', { class: 'people' }, ...buttons)];
}
