/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the service's certificate: signed by the fleet's CA, for all names of server.conf and for localhost. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

/* Append the names that the certificate is for, in its order, with blanks between. */
void fleet_server_names(const struct fleet_conf *conf, struct buf *out);

/*
 * Make or replace server.pem and server_key.pem in f->dir, signed by the notary. ERR_INVALID: a name cannot stand in a
 * certificate.
 */
ERR_CHECK enum err fleet_server_certificate(const struct fleet *f, const struct fleet_conf *conf, int64_t wall_s);
