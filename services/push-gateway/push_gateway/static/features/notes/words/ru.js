/** Notes, in Russian. */
export const WORDS = {
	note: {
		keys: 'Esc: вернуться к ответу',
		label: 'Заметка, покупатель не увидит',
		leave: 'К ответу',
		placeholder: 'Заметка для коллег',
		save: 'Сохранить заметку',
	},
	removeNote: {
		label: 'Удалить заметку',
		title: 'Удалить заметку?',
		words: 'Она исчезнет у всех коллег. Вернуть нельзя.',
		yes: 'Удалить',
	},
};
