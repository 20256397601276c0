/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.conf, INI (base/ini.h). Every key with its default stands in ports/linux/server.conf. Paths that do not begin
 * with '/' are below the fleet's directory.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define FLEET_CONF_NAMES_MAX 16
#define FLEET_CONF_STORE_MIN (16u << 20) /* bytes that a store is bounded to at least */
#define FLEET_CONF_TEXT_MAX 256
#define FLEET_CONF_NAME_MAX 64
#define FLEET_CONF_LOOPS_MAX 32
#define FLEET_CONF_ALERTS_MAX 16
#define FLEET_CONF_ERROR_MAX 512

struct fleet_conf {
	/* [server] */
	char user[64];	    /* the user that the service becomes; empty: the one that started it */
	uint32_t log_level; /* enum say_level: what is less weighty is not said */
	uint32_t
		drain_seconds; /* for which the service that is told to stop serves on, but says that it is not ready */
	unsigned name_count;
	char names[FLEET_CONF_NAMES_MAX][FLEET_CONF_TEXT_MAX]; /* devices check the certificate for the first */
	/* [gateway] */
	char gateway_listen[FLEET_CONF_TEXT_MAX];
	uint32_t loops; /* 0: one for each processor */
	uint32_t connections_max;
	uint32_t address_half_open_max; /* handshakes under way from one address */
	uint32_t grace_days; /* days for which an expired certificate is accepted, unless the device is revoked */
	/* [api] */
	char api_listen[FLEET_CONF_TEXT_MAX];
	char api_certificate[FLEET_CONF_TEXT_MAX], api_key[FLEET_CONF_TEXT_MAX];
	bool second_factor; /* responders and admins must have one */
	/* [devices] */
	uint32_t cert_days;
	uint32_t silent_seconds; /* a device that is not connected for longer is an incident; 0: none is */
	/* [crowd] */
	uint32_t crowd_devices, crowd_window_s; /* that ban one address within that time are a crowd */
	uint32_t crowd_ban_s;			/* for which the rest of their group is offered the ban; 0: it is not */
	/* [retention] */
	uint32_t retention_days;     /* 0: for ever */
	uint32_t retention_low_days; /* of events of low severity; 0: as all */
	uint64_t retention_bytes;    /* 0: no bound */
	bool retention_raised;	     /* it was said to be less than FLEET_CONF_STORE_MIN, and is that */
	/* [alerts] */
	char alert_ca[FLEET_CONF_TEXT_MAX]; /* whose certificates outputs' servers have; empty: those the machine trusts
					     */
	unsigned alert_allow_count;
	struct addr alert_allow[FLEET_CONF_ALERTS_MAX]; /* that are not public, and may be told all the same */
	unsigned alert_port_count;
	uint16_t alert_ports[FLEET_CONF_ALERTS_MAX]; /* to which there are connections */
	/* [sso] */
	char sso_issuer[FLEET_CONF_TEXT_MAX]; /* empty: there is no single sign-on */
	char sso_name[FLEET_CONF_NAME_MAX];   /* of the provider, on the button; empty: the issuer's host */
	char sso_client[FLEET_CONF_TEXT_MAX], sso_secret_file[FLEET_CONF_TEXT_MAX];
	char sso_url[FLEET_CONF_TEXT_MAX]; /* where browsers find the console; empty: the first name and the API's port
					    */
	char sso_scope[FLEET_CONF_TEXT_MAX], sso_claim[FLEET_CONF_NAME_MAX], sso_ca[FLEET_CONF_TEXT_MAX];
	/* groups whose members have that role, and words that stand for a second factor, with ';' between */
	char sso_admin[FLEET_CONF_TEXT_MAX], sso_responder[FLEET_CONF_TEXT_MAX];
	char sso_auditor[FLEET_CONF_TEXT_MAX], sso_viewer[FLEET_CONF_TEXT_MAX];
	char sso_amr[FLEET_CONF_TEXT_MAX], sso_acr[FLEET_CONF_TEXT_MAX];
	/* [objects] */
	uint64_t object_bytes; /* of what one device may send and have here */
};

/* The defaults. */
void fleet_conf_init(struct fleet_conf *conf);

/* Set the defaults, then what the text of a server.conf says. ERR_INVALID: error is "line N: SENTENCE". */
ERR_CHECK enum err fleet_conf_read(struct str text, struct fleet_conf *conf, char error[FLEET_CONF_ERROR_MAX]);

/* The same from the file DIR/server.conf. On an error `error` is a sentence with the file's name. */
ERR_CHECK enum err fleet_conf_load(const char *dir, struct fleet_conf *conf, char error[FLEET_CONF_ERROR_MAX]);

/* Whether it can be a name of the service, which goes into certificates, tokens and INI files. */
bool fleet_conf_name_fits(struct str name);

/* Read "ADDR:PORT" or "[ADDR]:PORT". ERR_INVALID: it is neither. */
struct fleet_conf_address {
	char host[64];
	uint16_t port;
};
ERR_CHECK enum err fleet_conf_address(const char *text, struct fleet_conf_address *out);
