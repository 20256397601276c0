/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a try to log in counts against (limit.h): the name at the caller's address, and the address. An IPv6 caller is
 * its /64, because it has as many addresses as it likes.
 */
#pragma once

#include <stdbool.h>

struct call;
struct work;

/* Whether the caller may try a password of that name now; false after an answer. */
bool tries_allow(struct call *call, const char *user);

/* Hand the try's password to a worker, which takes w over (work_start). The try counts from now on, or many at a time
 * would all be let through. */
void tries_begin(struct call *call, struct work *w);

/* A try without a worker was wrong. */
void tries_count(struct call *call, const char *user);

/* The password was right. What was tried in other names from there still counts. */
void tries_forgive(struct call *call, const char *user);
