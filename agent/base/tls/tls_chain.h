/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of certificates that a device got when it was made (IEEE 802.1AR, an IDevID): whether it leads to a root
 * that somebody named, and which serial number it is for. That number is the subject's serialNumber (2.5.4.5, 802.1AR
 * 8.6); of a certificate without one it is hwSerialNum of the hardwareModuleName among its other names (RFC 4108 5), in
 * lower-case hexadecimal digits where that is no text. Pure, but for the library's clock.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_cert.h"

#include <stdbool.h>
#include <stdint.h>

#define TLS_CHAIN_MAX 4 /* certificates of a device's chain */
#define TLS_CHAIN_SERIAL_MAX 64

/* The device's own certificate comes first (DER). */
struct tls_chain {
	unsigned count;
	struct str der[TLS_CHAIN_MAX];
};

/*
 * The later ones say more: of several roots, the one with the highest fault is the one to tell of. From TLS_CHAIN_WEAK
 * on the root has signed the chain; before, anybody can have made it up.
 */
enum tls_chain_fault {
	TLS_CHAIN_GOOD = 0,
	TLS_CHAIN_STRANGE,   /* it does not lead to the root */
	TLS_CHAIN_DAMAGED,   /* a certificate does not parse, or there is none */
	TLS_CHAIN_FORGED,    /* an issuer's signature is not its own */
	TLS_CHAIN_NO_CA,     /* an issuer may issue none: it is no CA, or its keys are not for that */
	TLS_CHAIN_TOO_LONG,  /* more CAs than one of them allows below itself */
	TLS_CHAIN_WEAK,	     /* a key or a hash is weaker than RSA 2048, P-256 and SHA-256, or of another kind */
	TLS_CHAIN_EXPIRED,   /* a certificate has; 99991231235959Z never does (RFC 5280 4.1.2.5) */
	TLS_CHAIN_FUTURE,    /* a certificate is not valid yet */
	TLS_CHAIN_NO_DEVICE, /* the first one is a CA's, or its key may not sign */
	TLS_CHAIN_NO_SERIAL, /* there is no serial number in it, more than one, or one of unprintable bytes */
	TLS_CHAIN_FAULTS
};

struct tls_chain_facts {
	char subject[TLS_CERT_SUBJECT_MAX]; /* of the first certificate; empty: too long */
	char serial[TLS_CHAIN_SERIAL_MAX];
	int64_t not_after_s;
};

/* A sentence without its end: "its factory certificate ...". */
const char *tls_chain_why(enum tls_chain_fault fault);

/* Judge a chain under one root (DER). *out is filled in as far as it can be read. */
enum tls_chain_fault tls_chain_judge(const struct tls_chain *chain, struct str root, struct tls_chain_facts *out);

/* Judge whether a certificate (DER) can be such a root. Its serial stays empty. */
enum tls_chain_fault tls_chain_root(struct str der, struct tls_chain_facts *out);

/*
 * Read the serial number of an otherName (the value of its GeneralName, RFC 5280 4.2.1.6). False: it is no
 * hardwareModuleName, or has a number that is empty or too long.
 */
bool tls_chain_module(struct str other_name, char serial[TLS_CHAIN_SERIAL_MAX]);
