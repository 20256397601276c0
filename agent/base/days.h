/* SPDX-License-Identifier: Apache-2.0 */
/* Counts days of the Gregorian calendar, by H. Hinnant's "days_from_civil". */
#pragma once

#include <stdint.h>

/*
 * Days from 1970-01-01 to a date. The month is 1 to 12; a day that the month lacks is one of the next month. Years
 * begin in March here, so that the leap day is the last day. All eras of 400 years have equal lengths.
 */
static inline int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}
