/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manufacturers whose certificates let devices join, and which device has which of their serial numbers. Part of the
 * registry; calls and errors are as store.h says.
 */
#pragma once

#include "agent/base/key.h"
#include "server-stub/store/store.h"

#define STORE_FACTORIES_MAX 32

/* What becomes of a device of it that nobody expected. */
enum store_factory_unlisted {
	FACTORY_APPROVE = 0, /* it waits for approval */
	FACTORY_REFUSE = 1,
	FACTORY_JOIN = 2, /* it joins at once */
};

struct store_factory {
	char name[STORE_NAME_MAX];  /* that an admin gave it */
	char group[STORE_NAME_MAX]; /* of devices that nobody expected */
	uint8_t unlisted;	    /* enum store_factory_unlisted */
	bool is_removed;	    /* the row stays, so that a restored backup lets nobody in */
	char created_by[STORE_NAME_MAX];
	int64_t created_us;
	uint16_t ca_len;
	uint8_t ca[KEY_CERT_MAX]; /* DER */
};

/* The serial number of a device, which no other one of the same manufacturer has. */
struct store_origin {
	char factory[STORE_NAME_MAX], serial[STORE_NAME_MAX];
	uint8_t device[STORE_ID];
};

/* Insert it, or replace the one of that name. ERR_FULL: it is new, and STORE_FACTORIES_MAX are there, removed ones
 * included. */
ERR_CHECK enum err store_factory_put(struct store *s, const struct store_factory *f);
/* ERR_NOT_FOUND, of one that was removed too. */
ERR_CHECK enum err store_factory_get(struct store *s, const char *name, struct store_factory *out);
/* By name, removed ones too. The callback may call nothing of this file. */
ERR_CHECK enum err store_factory_list(struct store *s, bool (*each)(void *arg, const struct store_factory *f),
				      void *arg);

/* Give the serial number to the device, which then has this one only; nobody else has it any more. */
ERR_CHECK enum err store_origin_put(struct store *s, const struct store_origin *o);
/* The one of that manufacturer and number. */
ERR_CHECK enum err store_origin_get(struct store *s, const char *factory, const char *serial, struct store_origin *out);
/* The one of the device. */
ERR_CHECK enum err store_origin_of(struct store *s, const uint8_t device[STORE_ID], struct store_origin *out);
ERR_CHECK enum err store_origin_list(struct store *s, bool (*each)(void *arg, const struct store_origin *o), void *arg);
