/** Forms that are sent once at a time. */

/** A submit handler: `send(FormData)` is called once until it ends; the form is emptied when it resolves to something. */
export const submit = (send) => async (event) => {
	event.preventDefault();
	const { target: form } = event;
	const fields = new FormData(form);
	const focused = form.contains(document.activeElement) && document.activeElement;
	hold(form, true); // neither sent twice nor written in: emptying it would take that away
	let sent = null;
	try {
		sent = await send(fields);
	} finally {
		hold(form, false);
		if (sent) form.reset();
		if (focused && document.activeElement === document.body) focused.focus();
	}
};

function hold(form, held) {
	for (const control of form.elements) control.disabled = held;
}
