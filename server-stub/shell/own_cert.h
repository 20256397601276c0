/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate by which devices know the service, server.pem: when it has to be made anew. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet_conf.h"

#include <stdbool.h>

struct fleet;

#define OWN_CERT_NAMES_MAX 8192

/* Why it has to be made anew, half a sentence; NULL: it is good. */
const char *own_cert_why(const char *dir, const struct fleet_conf *conf, int64_t wall_s);

/* Make it anew if it has to be; *renewed says whether it was. Errors of fleet_server_certificate. */
ERR_CHECK enum err own_cert_renew(const struct fleet *f, const struct fleet_conf *conf, bool *renewed);
