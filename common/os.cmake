# Chooses the sources of src/os: each unit has one source for Linux and one for other systems with POSIX. Defines for both
# choices, that of this system (os_...) and the portable one (os_portable_...), the sources and the compile definitions.
include(CheckCSourceCompiles)
include(CheckStructHasMember)
include(CheckSymbolExists)

option(BOXD_PORTABLE "Use only functions of POSIX, also where the system has better ones" OFF)

set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
set(os_sources src/os/libc.c)
set(os_portable_sources src/os/libc.c)
set(os_definitions "")
set(os_portable_definitions "")

# ---- units ----

# boxd_os_unit(NAME PROGRAM): uses NAME_linux.c if PROGRAM compiles.
macro(boxd_os_unit name program)
  string(TOUPPER BOXD_LINUX_${name} found)
  if(NOT BOXD_PORTABLE)
    check_c_source_compiles("${program}" ${found})
  endif()
  if(NOT BOXD_PORTABLE AND ${found})
    list(APPEND os_sources src/os/${name}_linux.c)
  else()
    set(kind STATUS)
    if(CMAKE_SYSTEM_NAME STREQUAL Linux AND NOT BOXD_PORTABLE)
      set(kind WARNING) # Linux 5.9 with its headers has all of this
    endif()
    message(${kind} "boxd uses ${name}_posix.c of common/src/os")
    list(APPEND os_sources src/os/${name}_posix.c)
  endif()
  list(APPEND os_portable_sources src/os/${name}_posix.c)
endmacro()
boxd_os_unit(descriptors "
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
struct ucred peer;
struct tcp_info info;
int main(void) { return pipe2((int[2]){0}, 0) + SIOCOUTQ + (int)info.tcpi_bytes_received + SO_PEERCRED; }")
boxd_os_unit(fd_poller "
#include <sys/epoll.h>
int main(void) { return epoll_create1(EPOLL_CLOEXEC); }")
boxd_os_unit(guardian "
#include <sys/prctl.h>
#include <sys/syscall.h>
int main(void) { return SYS_clone + SYS_close_range + SYS_exit_group + SYS_pidfd_open + SYS_ppoll + PR_SET_NAME; }")
boxd_os_unit(paths "
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
struct statx status;
struct open_how how = {.flags = O_PATH, .resolve = RESOLVE_BENEATH};
int main(void) { return SYS_openat2 + statx(AT_FDCWD, \"\", 0, STATX_TYPE, &status); }")
boxd_os_unit(wakeup "
#include <sys/eventfd.h>
int main(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }")

# ---- the C library ----

# boxd_os_symbol(SYMBOL HEADER...): defines BOXD_HAS_SYMBOL.
macro(boxd_os_symbol symbol)
  string(TOUPPER BOXD_HAS_${symbol} found)
  if(NOT BOXD_PORTABLE)
    check_symbol_exists(${symbol} "${ARGN}" ${found})
    if(${found})
      list(APPEND os_definitions ${found})
    endif()
  endif()
endmacro()
boxd_os_symbol(explicit_bzero string.h)
boxd_os_symbol(getrandom sys/random.h)
boxd_os_symbol(strerrordesc_np string.h)
if(NOT BOXD_PORTABLE)
  check_c_source_compiles("
#include <pthread.h>
int main(void) { return pthread_setname_np(pthread_self(), \"name\"); }" BOXD_HAS_PTHREAD_SETNAME_NP) # it has one argument on macOS
  if(BOXD_HAS_PTHREAD_SETNAME_NP)
    list(APPEND os_definitions BOXD_HAS_PTHREAD_SETNAME_NP)
  endif()
endif()
# Without it the limit of a decoded message counts memory that was released, too: so this one has no fallback for tests.
check_symbol_exists(malloc_usable_size malloc.h BOXD_HAS_MALLOC_USABLE_SIZE)
check_symbol_exists(malloc_size malloc/malloc.h BOXD_HAS_MALLOC_SIZE)
foreach(found BOXD_HAS_MALLOC_USABLE_SIZE BOXD_HAS_MALLOC_SIZE)
  if(${found})
    list(APPEND os_definitions ${found})
  endif()
endforeach()
check_struct_has_member("struct stat" st_mtimespec sys/stat.h BOXD_HAS_ST_MTIMESPEC)
if(BOXD_HAS_ST_MTIMESPEC)
  list(APPEND os_definitions BOXD_HAS_ST_MTIMESPEC)
  list(APPEND os_portable_definitions BOXD_HAS_ST_MTIMESPEC)
endif()
unset(CMAKE_REQUIRED_DEFINITIONS)
