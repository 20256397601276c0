/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls by which a command line gets a session of somebody who signed in with a browser, by whatever way there is
 * (desk.h). Only a page's session confirms: what it hands over is a program's session of the same person, which ends
 * when that of the page would have ended at the latest, and can confirm no other desk. Whoever signs out in the browser
 * before the number was typed takes the confirmation back; so does whatever else ends that session.
 *
 * Who is signed in may look a code up as often as they like: there are too many to find one in time, and whoever found
 * one could only give a session of their own to somebody who does not type its number. What a desk sends counts as a
 * try to log in (tries.h).
 */
#pragma once

struct call;

void desks_begin(struct call *call);   /* POST {machine, proof}: a desk waits; answers with its code */
void desks_finish(struct call *call);  /* POST {code, secret, number}: its session */
void desks_show(struct call *call);    /* GET: which machine asks, from where */
void desks_confirm(struct call *call); /* POST: answers with the number */
void desks_refuse(struct call *call);  /* DELETE: it waits no longer */
