/* RFC 3339 instants, as microseconds since 1970 UTC. */
#ifndef OMNI__CODEC_TIME_H
#define OMNI__CODEC_TIME_H

#include "platform/slice.h"

/*
   Read an instant as senders write it: date, "T" or "t" or a space, time with
   any number of fractional digits (beyond microseconds cut off), "Z", "z",
   ±hh:mm, ±hhmm or ±hh; without an offset UTC is meant; seconds may be
   missing; a date alone is its midnight. Years 0001 to 9999; 24:00 and
   impossible dates are refused; a leap second (:60) is the next second.
*/
bool
omni__time_parse(omni__slice text, int64_t *out);

/* Days from 1970-01-01 to a date of the calendar; false if it is none. */
bool
omni__time_days(int year, int month, int day, int64_t *days);

/* True for an instant of the years 0001 to 9999. */
bool
omni__time_written(int64_t time_us);

#define OMNI__TIME_TEXT 32

/* "2026-01-31T08:00:00Z", with .mmm or .mmmuuu where they are not zero;
   terminated; returns its length. Instants outside of the years 1 to 9999 are
   written as the nearest one inside. */
size_t
omni__time_format(int64_t time_us, char text[OMNI__TIME_TEXT]);

#endif
