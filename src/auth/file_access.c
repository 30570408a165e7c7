/*
 * Access control lists, as far as systemd uses them: a credential is root's,
 * and a list lets the user of the service read it. The bits of the group then
 * show the list's mask, so that the mode is 0440. See acl(5).
 */
#include "auth/file_access.h"

#include <endian.h>
#include <stdint.h>
#include <sys/xattr.h>
#include <unistd.h>

/* As the kernel stores it: include/uapi/linux/posix_acl_xattr.h. */
#define ACL_VERSION 2
#define ACL_USER 0x02
#define ACL_GROUP_OBJ 0x04
#define ACL_GROUP 0x08
#define ACL_ENTRIES_MAX 16

struct acl_entry {
    uint16_t tag;
    uint16_t permissions;
    uint32_t id;
};

struct acl {
    uint32_t version;
    struct acl_entry entries[ACL_ENTRIES_MAX];
};

/* The number of entries, or 0 where there is no list that can be read. */
static size_t
read_acl(int descriptor, struct acl *acl)
{
    ssize_t size =
        fgetxattr(descriptor, "system.posix_acl_access", acl, sizeof *acl);

    if (size < (ssize_t)sizeof acl->version ||
        le32toh(acl->version) != ACL_VERSION)
        return 0;
    return ((size_t)size - sizeof acl->version) / sizeof acl->entries[0];
}

/* Whether that user is the one who reads; root looks for others. */
static bool
is_reader(const struct acl *acl, size_t index)
{
    return geteuid() == 0 || le32toh(acl->entries[index].id) == geteuid();
}

/* Whether the bits of the group are nothing but the mask of one user. */
static bool
is_for_one_user(int descriptor)
{
    struct acl acl;
    size_t count = read_acl(descriptor, &acl), users = 0;

    for (size_t i = 0; i < count; i++) {
        uint16_t tag = le16toh(acl.entries[i].tag);

        if ((tag == ACL_GROUP_OBJ || tag == ACL_GROUP) &&
            acl.entries[i].permissions != 0)
            return false;
        if (tag == ACL_USER && !is_reader(&acl, i))
            return false;
        users += tag == ACL_USER;
    }
    return users == 1;
}

bool
file_access_is_private(int descriptor, const struct stat *status)
{
    mode_t others = status->st_mode & 077;

    return others == 0 || (others == 040 && is_for_one_user(descriptor));
}
