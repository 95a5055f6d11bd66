/** The player of voice messages, in Russian. */
export const WORDS = {
	voice: {
		failed: 'Запись не открылась. Нажмите ещё раз.',
		pause: 'Пауза',
		place: 'Место в записи',
		play: 'Слушать',
	},
};
