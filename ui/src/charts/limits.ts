/** As many sensors are compared at most: each has a colour of its own. */
export const MOST_SENSORS = 8;
