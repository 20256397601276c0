#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the certificates of this folder anew; their keys are thrown away.
set -e
cd "$(dirname "$0")"
. ../../../../../factory/factory.sh
CA='keyUsage = critical, keyCertSign'
rm -f ./*.pem
factory_ca root '/O=Acme/CN=Acme root'
factory_ca other '/O=Other/CN=Other root'
factory_device good '/O=Acme/CN=gate/serialNumber=SN-0001' root
factory_key rsa rsa:2048; factory_device rsa '/O=Acme/serialNumber=SN-0002' root
factory_key p384 ec:P-384; factory_device p384 '/O=Acme/serialNumber=PID:X1 SN:7' root
factory_ca middle '/O=Acme/CN=Acme middle' root 'basicConstraints = critical, CA:TRUE, pathlen:0' "$CA"
factory_device below '/O=Acme/serialNumber=SN-0003' middle
factory_device module '/O=Acme/CN=module' root \
	'subjectAltName = otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:module' '[module]' 'type = OID:1.3.6.1.4.1.32473.1' \
	'serial = FORMAT:ASCII,OCTETSTRING:HW-77'
factory_device bytes '/O=Acme/CN=bytes' root \
	'subjectAltName = otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:module' '[module]' 'type = OID:1.3.6.1.4.1.32473.1' \
	'serial = FORMAT:HEX,OCTETSTRING:00fe81'
# What is wrong with them is their name.
factory_device no_serial '/O=Acme/CN=none' root
factory_device two_serials '/O=Acme/serialNumber=1/serialNumber=2' root
factory_device is_ca '/O=Acme/serialNumber=SN-9' root 'basicConstraints = critical, CA:TRUE' \
	'keyUsage = critical, keyCertSign, digitalSignature'
factory_device no_signing '/O=Acme/serialNumber=SN-9' root 'keyUsage = critical, keyEncipherment'
factory_key weak_rsa rsa:1024; factory_device weak_rsa '/O=Acme/serialNumber=SN-9' root
factory_key weak_curve ec:secp256k1; factory_device weak_curve '/O=Acme/serialNumber=SN-9' root
FACTORY_DIGEST=sha1; factory_device weak_hash '/O=Acme/serialNumber=SN-9' root; FACTORY_DIGEST=sha256
FACTORY_TO=20210101000000Z; factory_device expired '/O=Acme/serialNumber=SN-9' root
factory_ca expired_root '/O=Acme/CN=Acme past'; FACTORY_TO=99991231235959Z
FACTORY_FROM=99990101000000Z; factory_device future '/O=Acme/serialNumber=SN-9' root; FACTORY_FROM=20200101000000Z
factory_ca no_ca '/O=Acme/CN=Acme nobody' root 'keyUsage = critical, digitalSignature'
factory_device by_no_ca '/O=Acme/serialNumber=SN-9' no_ca
factory_ca deep '/O=Acme/CN=Acme deep' middle
factory_device too_long '/O=Acme/serialNumber=SN-9' deep
cp root.pem kept.pem; cp root.key kept.key; chmod u+w root.key; rm root.key
factory_ca root '/O=Acme/CN=Acme root'; factory_device forged '/O=Acme/serialNumber=SN-9' root
mv kept.pem root.pem
factory_key weak_root rsa:1024; factory_ca weak_root '/O=Acme/CN=Acme weak'
rm -f ./*.key
