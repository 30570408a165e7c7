/* Who may read a file of secrets. */
#ifndef BYLINE_AUTH_FILE_ACCESS_H
#define BYLINE_AUTH_FILE_ACCESS_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether nobody but its owner may open the file, or, by an access control
 * list, one user besides. `status` is what fstat(2) says of it. */
bool file_access_is_private(int descriptor, const struct stat *status);

#endif
