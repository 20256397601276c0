/* SPDX-License-Identifier: Apache-2.0 */
/* What the process gives up before it listens. Every failure is fatal: the caller ends with the sentence. */
#pragma once

#include "agent/base/err.h"

#define HARDEN_ERROR_MAX 256

/* Become that user for good; empty or already so: stay. Wants root. */
ERR_CHECK enum err harden_user(const char *name, char error[HARDEN_ERROR_MAX]);

/* No new privileges, no core dumps with keys in them, as many open files as the system allows. */
ERR_CHECK enum err harden_process(char error[HARDEN_ERROR_MAX]);
