/** A row of the result: the plays of a genre in the minute that begins at `window_start`, in seconds since 1970. */
public final class WindowCount {
  public long window_start;
  public String genre;
  public long count;

  public WindowCount() {}

  public WindowCount(long start, String key, long plays) {
    window_start = start;
    genre = key;
    count = plays;
  }
}
