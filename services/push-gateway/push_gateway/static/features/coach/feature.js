/** What the panel knows of the coach: that it has a page. */
const NAME = { ru: 'Скорость ответа', en: 'Speed of answers' };

export const feature = (app) => ({
	page: () => ['coach', NAME[app.t.lang]],
});
