/** Reasons of the server in the operator's language. */

/** Words for a code of the server's, or its own. `kind`: polling, trouble (of a reply) or refused. */
export function codeWords(t, kind, { code, reason, detail }) {
	if (!t.maybe(`${kind}.${code}`)) return reason;
	const avito = kind === 'trouble' && detail ? ` ${t('trouble.avito', { detail })}` : '';
	return t(`${kind}.${code}`, { detail }) + avito;
}
