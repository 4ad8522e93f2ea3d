curl -X POST $TIMEBACK_API_URL/edubridge/enrollments/enroll/$USER_ID/$COURSE_ID/$SCHOOL_ID \
 -H "Authorization: Bearer $ACCESS_TOKEN"
