/** One line a feature: without it the panel works as if there were none. */
export const FEATURES = [
	() => import('./coach/feature.js'),
	() => import('./presence/feature.js'),
	() => import('./quick_replies/feature.js'),
	() => import('./notes/feature.js'),
];
