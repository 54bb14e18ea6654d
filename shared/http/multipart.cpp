// The framing is Poco's MultipartReader over our body; what it leaves open (an end that
// never came, a missing name) is checked here.
#include "http/multipart.h"

#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/MultipartReader.h>

#include <istream>

#include "base/errors.h"

namespace hy::http {

namespace {

class BodyBuffer final : public std::streambuf {
public:
    explicit BodyBuffer(BodySource& source) : source_(source) {}
    // The last bytes seen, to tell whether the closing boundary came.
    const std::string& tail() const { return tail_; }

protected:
    int_type underflow() override {
        const size_t got = source_.read(buffer_, sizeof buffer_);
        if (got == 0) return traits_type::eof();
        tail_.append(buffer_, got);
        if (tail_.size() > 256) tail_.erase(0, tail_.size() - 256);
        setg(buffer_, buffer_, buffer_ + got);
        return traits_type::to_int_type(buffer_[0]);
    }

private:
    BodySource& source_;
    char buffer_[16384];
    std::string tail_;
};

[[noreturn]] void refuse(const std::string& why) { throw Error(Fault::bad_request, "multipart", why); }

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

}  // namespace

void read_multipart(std::string_view content_type, BodySource& body, const PartHandler& handler) {
    const std::string boundary = boundary_of(content_type);
    BodyBuffer buffer(body);
    std::istream stream(&buffer);
    try {
        Poco::Net::MultipartReader reader(stream, boundary);
        for (int parts = 0; reader.hasNextPart(); ++parts) {
            if (parts == 16) refuse("too many parts");
            Poco::Net::MessageHeader header;
            header.setFieldLimit(16);
            reader.nextPart(header);
            std::istream& content = reader.stream();
            handler(read_part_header(header), [&](char* out, size_t size) -> size_t {
                content.read(out, static_cast<std::streamsize>(size));
                return static_cast<size_t>(content.gcount());
            });
            content.ignore(std::numeric_limits<std::streamsize>::max());
        }
    } catch (const Poco::Exception&) {
        refuse("malformed");
    }
    char rest[4096];
    while (stream.read(rest, sizeof rest) || stream.gcount() > 0) {
    }
    if (buffer.tail().find("--" + boundary + "--") == std::string::npos) refuse("ended before its last boundary");
}

}  // namespace hy::http
