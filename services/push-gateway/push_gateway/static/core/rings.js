/** When the bell rings: once for a burst, again while a buyer waits. Unix seconds. */

const BURST_S = 1.5;

/** May a new message ring now? `last`: when it rang, by a clock that may have been set back since. */
export const mayRing = (now, last) => Math.abs(now - last) >= BURST_S;

/** When the bell is due again; Infinity when nobody waits (null) or it is not wanted (0 minutes). */
export const repeatAt = (waitingSince, everyMinutes, last) =>
	(waitingSince === null || !everyMinutes ? Infinity : Math.max(waitingSince, last) + everyMinutes * 60);
