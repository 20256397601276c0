/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the values of an access log's line in JSON by the paths of their members ("request.remote_ip"). A line in which
 * a member comes twice, or that does not end with its object, has none: a server that does not escape quotes would let
 * a client write members of its own.
 */
#pragma once

#include "agent/sensors/log/access.h"

/* format: NULL, or one without names: those that are known. False: the line is no object with address and status. */
bool access_json_read(const struct access_format *format, struct str line, struct access_values *out);
