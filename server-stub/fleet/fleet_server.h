/* SPDX-License-Identifier: Apache-2.0 */
/* The link's own certificate, by the fleet's CA, for all names of server.conf. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

/*
 * Make server.pem and server_key.pem, replacing what is there. ERR_INVALID: a name can't stand in a certificate.
 * Uses f->dir, f->ca_cert and f->ca_key.
 */
ERR_CHECK enum err fleet_server_certificate(const struct fleet *f, const struct fleet_conf *conf, int64_t wall_s);
