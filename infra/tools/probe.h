// `hongyanctl probe GROUP`: asks a FastCGI handler through its socket, past nginx.
#pragma once
#include <string>

namespace hy::tools {

// The status of its answer to a path that it does not have: 404 in its door's words, when it is well. 0 when nothing
// came within `ms`.
int probe(const std::string& socket_path, int ms);

}  // namespace hy::tools
