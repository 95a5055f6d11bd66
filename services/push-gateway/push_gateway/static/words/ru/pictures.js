/** Pictures, in Russian. */
export const WORDS = {
	composer: {
		unattach: 'Убрать {name}',
	},
	image: {
		enlarge: 'Увеличить картинку',
	},
	picture: {
		kind: '{name}: подойдут JPEG, PNG, GIF, BMP и HEIC',
		large: '{name}: больше 24 МБ',
	},
	reply: {
		uploading: 'Картинка загружается',
	},
};
