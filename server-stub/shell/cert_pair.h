/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate and its key in PEM files: whether a server of anybody's could serve with them. */
#pragma once

#include "server-stub/fleet/fleet_file.h"

#include <stdbool.h>

/* Read a file of the fleet's directory, or with a name that begins with '/' of elsewhere, into FLEET_FILE_MAX bytes.
 * Errors of fleet_file_read(). */
ERR_CHECK enum err cert_pair_read(struct fleet_file f, char *text, struct str *out);

/* What is wrong with them, half a sentence, and whether it is with the key; NULL: they are good, expired or not. */
const char *cert_pair_why(struct str cert, struct str key, bool *of_key);
