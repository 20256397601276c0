/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passkeys (Web Authentication): key pairs in operators' authenticators, which sign what a browser shows them for this
 * service's name only, so that a copied page learns nothing. One stands for both factors, because the authenticator has
 * to know its owner; so one signs in alone, and whoever has one gets in by a password alone no more. With the first
 * come recovery codes, unless there are some.
 */
#pragma once

struct call;

void passkeys_list(struct call *call);	 /* one's own */
void passkeys_begin(struct call *call);	 /* POST {code}: a challenge for a new one; see factor_proven() */
void passkeys_add(struct call *call);	 /* POST {name, client_data, attestation} */
void passkeys_remove(struct call *call); /* POST {code}; ends one's other sessions */

/* passkeys_login.c */
void passkeys_challenge(struct call *call); /* for signing in */
void passkeys_login(struct call *call); /* POST {id, client_data, authenticator_data, signature}, from a page of ours */
