/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects on a device's link: offers it what it is to get, reads the pieces that it asks for, and passes what it sends
 * on to the writer, a few messages at a time. Orders wait behind one piece at most.
 */
#pragma once

#include "server-stub/gateway/link.h"

/* Offer the oldest object that the device has still to get, if there is one. */
void link_object_offer(struct link *link);

/* The device has sent a message about an object. */
void link_object_message(struct link *link, const struct object_message *m);

/* The writer has carried it out. */
void link_object_answer(struct link *link, const struct job *job);
