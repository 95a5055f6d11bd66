/** The words for a code of the server's. */

/** `kind`: polling (why), trouble (of a reply) or refused; without words of ours what the server said itself. */
export function codeWords(t, kind, { code, reason, detail }) {
	if (!t.maybe(`${kind}.${code}`)) return reason;
	const avito = kind === 'trouble' && detail ? ` ${t('trouble.avito', { detail })}` : '';
	return t(`${kind}.${code}`, { detail }) + avito;
}
