/** Rarer kinds of messages, in Russian. */
export const WORDS = {
	location: {
		map: 'Показать на карте',
	},
	type: {
		unknownNamed: 'Сообщение вида «{type}», панель его ещё не знает',
	},
};
