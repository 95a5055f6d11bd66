/** The name that stands above a message and before the last words of a chat. */
import { authorOf } from '../core/messages.js';
import { oneLine } from '../core/format.js';

/** Empty for the buyer, whom the chat itself names. */
export function author({ t, session }, message) {
	const kind = authorOf(message);
	if (kind === 'buyer') return '';
	if (kind !== 'operator') return t(`author.${kind}`);
	const { operator } = message.own;
	return operator === session.hello?.operator ? t('author.you') : oneLine(operator, 40);
}
