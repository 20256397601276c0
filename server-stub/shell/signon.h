/* SPDX-License-Identifier: Apache-2.0 */
/* Single sign-on by the service's settings: checks [sso], reads the client's secret, starts the envoy. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet_conf.h"

#define SIGNON_WHY_MAX 512

struct aide;

struct signon {
	const char *dir;
	struct aide *envoy; /* NULL: there is no single sign-on */
	char name[FLEET_CONF_TEXT_MAX], issuer[FLEET_CONF_TEXT_MAX];
	char url[FLEET_CONF_TEXT_MAX + 32]; /* where browsers find the console, without a '/' at its end */
};

/* Whether [sso] of the settings is empty or good; else `why` is a sentence. Reads the files that it names. */
ERR_CHECK enum err signon_check(const char *dir, const struct fleet_conf *conf, char why[SIGNON_WHY_MAX]);

/*
 * Check, and start the envoy if there is an issuer: while there is one thread, and as the user that the service
 * becomes, who has to be able to read the secret. Says what is wrong; a status of command.h.
 */
int signon_open(struct signon *s, const char *dir, const struct fleet_conf *conf);

/* End the envoy. */
void signon_close(struct signon *s);
