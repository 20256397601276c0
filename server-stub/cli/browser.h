/* SPDX-License-Identifier: Apache-2.0 */
/* Opens an address in the browser of whoever sits here. */
#pragma once

#include <stdbool.h>

/* Whether the text is an https address of the bytes that addresses have (RFC 3986), so that it may be printed on a
 * terminal and given to a program. */
bool browser_is_address(const char *url);

/*
 * Have a browser open the address: the first program that BROWSER names, or xdg-open on a desktop. It runs on by
 * itself, without a shell. False: there is none, or the text is no address.
 */
bool browser_open(const char *url);
