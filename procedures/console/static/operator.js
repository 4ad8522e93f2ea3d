import { load } from './api.js'; import { header } from './header.js'; await header(await load('description'));
