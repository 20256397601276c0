/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envoy speaks with the OpenID provider (sso/). It is a process of its own (aide.h), which alone has the client's
 * secret: it says where people sign in, redeems the code that they come back with, and judges the token. The service
 * gets an account, a role, and no token. It reads the provider's document and keys when they are wanted first, and
 * again after ENVOY_OLD_S; its keys also when a token names one that is not among them, once in ENVOY_KEYS_AGAIN_S.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/sso/ask.h"
#include "server-stub/sso/identity.h"
#include "server-stub/sso/provider.h"

#include <stdint.h>

#define ENVOY_AT_ONCE 8	  /* jobs without an answer; they are done one after the other */
#define ENVOY_ANSWER_S 40 /* after which a job is given up */
#define ENVOY_TEXT_MAX 256
#define ENVOY_OLD_S 3600
#define ENVOY_KEYS_AGAIN_S 60
#define ENVOY_FAILED_S 5 /* a provider that did not answer is asked again after that */
#define ENVOY_PORTS_MAX 2

struct aide;

struct envoy_setup {
	char ca[512]; /* file of the certificates that are trusted; "": the machine's */
	char issuer[PROVIDER_URL_MAX], client[256], secret[256], redirect[PROVIDER_URL_MAX], scope[256], acr[256];
	struct grant grant;
};

enum envoy_kind { ENVOY_SIGN_IN, ENVOY_REDEEM };

struct envoy_job {
	uint32_t number; /* the answer has it */
	uint32_t kind;	 /* enum envoy_kind */
	struct ask_secrets secrets;
	char code[ASK_CODE_MAX]; /* ENVOY_REDEEM */
};

struct envoy_answer {
	uint32_t number;
	uint32_t good;		   /* 1: there is what was asked for */
	uint32_t refused;	   /* 1: the provider, or what it says, lets nobody in; 0: it did not answer */
	char text[ENVOY_TEXT_MAX]; /* what went wrong, a sentence about the provider */
	char url[ASK_URL_MAX];	   /* ENVOY_SIGN_IN: where the browser goes */
	struct identity identity;  /* ENVOY_REDEEM; of a refused one the account, as far as it is known */
};

/* Start the process, as aide_start() does; aide_fd(), aide_close(). The setup is copied with the process; the caller
 * wipes its own. */
ERR_CHECK enum err envoy_start(const struct envoy_setup *setup, struct aide **out);

/* Give it a job. Errors of aide_send(). */
ERR_CHECK enum err envoy_send(struct aide *envoy, const struct envoy_job *job);

/* Take an answer without waiting; its texts end, and can be shown. Errors of aide_hear(). */
ERR_CHECK enum err envoy_hear(struct aide *envoy, struct envoy_answer *answer);
