import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;

/** An eventsim listen with all its fields. */
public final class Listen {
  private static final ObjectReader READER = new ObjectMapper().readerFor(Listen.class);

  public String artist;
  public String song;
  public double duration;
  public long ts;
  public long sessionId;
  public String auth;
  public String level;
  public long itemInSession;
  public String city;
  public String zip;
  public String state;
  public String userAgent;
  public double lon;
  public double lat;
  public long userId;
  public String lastName;
  public String firstName;
  public String gender;
  public long registration;

  public static Listen read(byte[] record) throws IOException {
    return READER.readValue(record);
  }
}
