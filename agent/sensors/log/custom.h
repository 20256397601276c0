/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes messages by the patterns that the settings have (match/decoder.h). They come after the decoders that are
 * built in and only where none of these knows the message, so a built-in one is never less precise for them.
 *
 * Of a line that may be cut, src is used only where no cut can move it (match/prove.h).
 */
#pragma once

#include "agent/match/decoder.h"
#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* How many decoders there are. Read before each call of custom_decode(), which is then seldom made. */
extern unsigned custom_count;

/*
 * Use these from now on, in their order, for all sources of this process. The rows were checked (decoder_check()); one
 * that does not compile is left out. They must last. A count of 0 ends it.
 */
void custom_use(const struct decoder *rows, unsigned count);

/* As sensor.decode: the first decoder of the line's program whose pattern describes its message. */
bool custom_decode(const struct sensor_line *line, struct event *out);
