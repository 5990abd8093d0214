#!/bin/sh
# Runs inside the new image only: takes out what no program needs and what could lend one rights.
set -eu
[ -f /codesieve-image ] || { echo "trim.sh runs inside an image under construction only" >&2; exit 1; }

rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/info/* /usr/share/locale/* /usr/share/lintian /usr/share/gdb \
       /var/cache/apt/* /var/cache/debconf/* /var/lib/apt/lists/* /var/log/* /tmp/* /var/tmp/* /root/.cache
rm -f  /usr/lib/gcc/*/*/lto1 /usr/bin/*lto-dump* /usr/lib/gcc/*/*/lib[altu]*san.a /usr/lib/gcc/*/*/libhwasan.a
rm -rf /usr/lib/python3*/test /usr/lib/python3*/idlelib /usr/lib/python3*/lib2to3

find / -xdev -type f -perm /6000 -exec chmod a-s {} +
rm -f /codesieve-image
mkdir -p /run/sbx
