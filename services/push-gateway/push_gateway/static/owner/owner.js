/** The owner's page: what it holds, what it does, and the frame around its parts. */
import { request } from '../shell/gateway.js';
import { Latest, first, isAway } from '../views/pages.js';
import { html, names, render, when } from '../views/parts.js';
import { sessions, tokens } from './access.js';
import { operators } from './operators.js';
import { dead, options, status } from './system.js';

export class Owner {
	#reads = new Latest();
	#acting = new Set();

	/** `root`: where the page is drawn; `t`: its words. */
	constructor(root, t) {
		Object.assign(this, { root, t, part: PARTS[0], data: null, trouble: '', done: '', token: null, busy: false });
	}

	/** Shows a part with fresh data. A token that was made stays until the owner leaves the page that shows it. */
	async show(part) {
		const token = this.part === 'tokens' ? null : this.token;
		Object.assign(this, { part, data: null, trouble: '', done: '', token });
		await first(() => this.data || part !== this.part || this.load());
	}

	async load(before) {
		return this.attempt(async () => {
			const data = await this.#reads.run(() => request(`api/owner/${this.part}`, { before }));
			if (data) this.data = before ? { ...data, dead: [...this.data.dead, ...data.dead] } : data;
		});
	}

	/** Does one thing on the server, says so, and reads the part again; resolves to the answer, null on trouble or while the same is being done. */
	async act(path, body, done) {
		if (this.#acting.has(path)) return null;
		this.#acting.add(path);
		const answer = await this.attempt(() => request(`api/owner/${path}`, {}, body ?? {}));
		this.#acting.delete(path);
		if (answer) {
			await this.load();
			this.done = done;
			this.draw();
		}
		return answer;
	}

	/** The answer alone ever shows a token: who went on meanwhile is told where it stands. */
	async makeToken(name, scope) {
		const token = await this.act('tokens', { name, scope }, '');
		if (!token) return null;
		this.token = token;
		if (this.part !== 'tokens') this.done = this.t('token.ready');
		this.draw();
		return token;
	}

	/** Asks first: what follows cannot be taken back. */
	async ask(question, act) {
		if (confirm(question)) await act();
	}

	async attempt(work) {
		Object.assign(this, { busy: true, trouble: '', done: '' });
		this.draw();
		try {
			return await work();
		} catch (error) {
			if (error.status === 401) location.assign('login');
			this.trouble = this.wordsFor(error);
			return null;
		} finally {
			this.busy = false;
			this.draw();
		}
	}

	wordsFor(error) {
		return isAway(error) ? this.t('error.unreachable') : this.t.maybe(`error.${error.code}`) ?? error.message;
	}

	draw() {
		render(page(this), this.root);
	}
}

const VIEWS = { operators, options, sessions, tokens, dead, status };

export const PARTS = Object.keys(VIEWS);

function page(owner) {
	const { t, part, data, trouble, done, busy } = owner;
	return html`
		<header class="top"><h1>${t('title')}</h1><a href="./">${t('back')}</a></header>
		<nav aria-label=${t('title')}>${PARTS.map((name) => html`
			<a href=${`#${name}`} class=${names('tab', { chosen: name === part })}
				aria-current=${name === part ? 'page' : 'false'}>${t(`part.${name}`)}</a>`)}</nav>
		<main aria-busy=${String(busy)}>
			<p class="trouble" role="alert">${trouble}</p>
			<p class="done" role="status">${done}</p>
			${data ? VIEWS[part](owner, data) : when(!trouble, () => html`<p class="quiet">${t('loading')}</p>`)}
		</main>`;
}
