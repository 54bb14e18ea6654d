// The framing is ours: Poco's MultipartReader takes a line of dashes at the end of a file for
// the beginning of a boundary and leaves a stray '\r' in the file, and does not tell an end
// that never came. Poco reads the parts' headers.
#include "http/multipart.h"

#include <Poco/Net/MessageHeader.h>

#include <algorithm>
#include <sstream>

#include "base/errors.h"

namespace hy::http {

namespace {

constexpr size_t kHeadLimit = 16384, kPiece = 16384;
constexpr int kMostParts = 16;

[[noreturn]] void refuse(const std::string& why) { throw Error(Fault::bad_request, "multipart", why); }

// The body as contents between delimiters (RFC 2046, 5.1.1). Holds a piece and what may be the
// beginning of a delimiter, whatever the body's size.
class Form {
public:
    // A line's end is put in front: the first delimiter needs none.
    Form(BodySource& source, const std::string& boundary)
        : source_(source), delimiter_("\r\n--" + boundary), buffer_("\r\n") {}

    // Content in front of the next delimiter; 0 at it.
    size_t read(char* out, size_t size) {
        look();
        const size_t n = std::min(size, safe_ - at_);
        buffer_.copy(out, n, at_);
        at_ += n;
        return n;
    }

    void skip() {
        for (look(); safe_ > at_; look()) at_ = safe_;
    }

    // Past the delimiter: the header of the part behind it; false at the last one.
    bool next(Poco::Net::MessageHeader& header) {
        at_ += delimiter_.size();
        while (buffer_.size() - at_ < 2) fill();
        if (buffer_.compare(at_, 2, "--") == 0) return false;
        size_t end;
        while ((end = buffer_.find("\r\n\r\n", at_)) == std::string::npos) {
            if (buffer_.size() - at_ > kHeadLimit) refuse("a part's header is too large");
            fill();
        }
        at_ = std::min(buffer_.find_first_not_of(" \t", at_), end);
        if (buffer_.compare(at_, 2, "\r\n") != 0) refuse("malformed");
        if (end > at_) {
            std::istringstream lines(buffer_.substr(at_ + 2, end - at_));
            header.setFieldLimit(16);
            header.read(lines);
        }
        safe_ = at_ = end + 4;
        delimited_ = false;
        return true;
    }

private:
    // Until there is content, or the delimiter: content goes from at_ to safe_.
    void look() {
        while (safe_ == at_ && !delimited_) {
            const size_t found = buffer_.find(delimiter_, at_);
            delimited_ = found != std::string::npos;
            if (delimited_) safe_ = found;
            else if (buffer_.size() - at_ >= delimiter_.size()) safe_ = buffer_.size() - delimiter_.size() + 1;
            else fill();
        }
    }

    void fill() {
        buffer_.erase(0, at_);
        safe_ -= std::min(safe_, at_);
        at_ = 0;
        const size_t had = buffer_.size();
        buffer_.resize(had + kPiece);
        const size_t got = source_.read(buffer_.data() + had, kPiece);
        buffer_.resize(had + got);
        if (got == 0) refuse("ended before its last boundary");
    }

    BodySource& source_;
    const std::string delimiter_;
    std::string buffer_;
    size_t at_ = 0, safe_ = 0;
    bool delimited_ = false;  // a delimiter begins at safe_
};

Part read_part_header(const Poco::Net::MessageHeader& header) {
    std::string disposition;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(header.get("Content-Disposition", ""), disposition, parameters);
    if (disposition != "form-data" || !parameters.has("name")) refuse("a part has no name");
    return {parameters.get("name"), parameters.get("filename", ""), header.get("Content-Type", "")};
}

std::string boundary_of(std::string_view content_type) {
    std::string type;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(std::string(content_type), type, parameters);
    const std::string boundary = parameters.get("boundary", "");
    if (type != "multipart/form-data") refuse("Content-Type is not multipart/form-data");
    if (boundary.empty() || boundary.size() > 70) refuse("boundary");
    return boundary;
}

// The header of the next part; false when there is none.
bool next_part(Form& form, Part& part) {
    Poco::Net::MessageHeader header;
    try {
        if (!form.next(header)) return false;
        part = read_part_header(header);
    } catch (const Poco::Exception&) {
        refuse("malformed");
    }
    return true;
}

}  // namespace

void read_multipart(std::string_view content_type, BodySource& body, const PartHandler& handler) {
    Form form(body, boundary_of(content_type));
    form.skip();
    Part part;
    for (int parts = 0; next_part(form, part); ++parts) {
        if (parts == kMostParts) refuse("too many parts");
        handler(part, [&](char* out, size_t size) { return form.read(out, size); });
        form.skip();
    }
    char rest[4096];
    while (body.read(rest, sizeof rest) > 0) continue;
}

}  // namespace hy::http
