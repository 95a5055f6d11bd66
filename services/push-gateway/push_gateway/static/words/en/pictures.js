/** Pictures, in English. */
export const WORDS = {
	composer: {
		unattach: 'Remove {name}',
	},
	image: {
		enlarge: 'Enlarge the picture',
	},
	picture: {
		kind: '{name}: use JPEG, PNG, GIF, BMP or HEIC',
		large: '{name}: larger than 24 MB',
	},
	reply: {
		uploading: 'Uploading the picture',
	},
};
