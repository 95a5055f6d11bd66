/** The features of the panel, one line each: without its line the panel works as if there were no such feature. */
export const FEATURES = [
	() => import('./coach/feature.js'),
	() => import('./presence/feature.js'),
	() => import('./quick_replies/feature.js'),
	() => import('./notes/feature.js'),
];
