/** What the operator should do about the page, in Russian. */
export const WORDS = {
	notice: {
		reload: 'Обновить',
		sound: 'Браузер пока не даёт звучать.',
		version: 'Вышла версия {version}. Черновики сохранятся.',
	},
};
