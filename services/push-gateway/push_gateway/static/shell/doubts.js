/** Asks the server how a reply stands, or to take it back. */
import { request } from './gateway.js';

const path = (ref) => `api/outbox/${encodeURIComponent(ref)}`;

export const cancel = (ref) => request(`${path(ref)}/cancel`, {}, {});

/** The reply; null: it never arrived, or ended long ago. */
export async function look(ref) {
	return request(path(ref), {}).catch((error) => {
		if (error.code === 'unknown_reply') return null;
		throw error;
	});
}

/** How it stands then. One that the server does not know it will not take any more, should it be under way still. */
export async function takeBack(ref) {
	return cancel(ref).catch((error) => {
		if (error.code === 'wrong_state') return request(path(ref), {});
		if (error.code === 'unknown_reply') return { state: 'cancelled' };
		throw error;
	});
}
